"""What a page of a report displays, caught outside a kernel."""

from IPython.utils.capture import capture_output

NOT_SHOWN = "not shown (groups below 5 are hidden)"


def printed(action, *arguments, **named):
    with capture_output() as caught:
        action(*arguments, **named)
    (output,) = caught.outputs
    return output.data
