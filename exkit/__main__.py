"""`python -m exkit`, where the command itself is not on the path."""

from exkit.cli import main

if __name__ == "__main__":
    main()
