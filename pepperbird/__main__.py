"""`python -m pepperbird`."""

from pepperbird.cli.main import main

if __name__ == "__main__":
    main()
