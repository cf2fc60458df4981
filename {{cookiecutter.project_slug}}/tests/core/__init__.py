"""Tests of `app/core`, in the same folders."""
