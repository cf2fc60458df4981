"""Services that are asked for in Backstage, a portal for developers (https://backstage.io)."""
