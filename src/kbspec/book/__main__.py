"""`python -m kbspec.book`."""

import sys

from kbspec.book import main

if __name__ == "__main__":
    sys.exit(main())
