"""A small configuration for commands, and what is asked of all their errors."""

TINY = """
preset = "{preset}"
network.layers = [100]
network.layer_defaults.column_size = 10
schedule.epochs = {epochs}
"""


def bad(session_cli, *arguments):
    code, out, err = session_cli(*arguments)
    assert code != 0
    assert out == ""
    assert "Traceback" not in err
    return err
