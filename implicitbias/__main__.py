"""``python -m implicitbias``."""

from implicitbias.cli import app

if __name__ == "__main__":
    app(prog_name="implicitbias")
