"""What does `python -m librarian` do? The same as the console script."""

from librarian.cli import main

if __name__ == "__main__":
    main()
