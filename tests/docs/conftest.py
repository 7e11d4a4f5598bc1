from tests.cli.conftest import session_cli

__all__ = ["session_cli"]
