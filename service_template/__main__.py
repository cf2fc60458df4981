"""`python -m service_template` in a clone is `service-template` of an installation."""

from service_template.cli import main

if __name__ == "__main__":
    main()
