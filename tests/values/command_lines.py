"""Command lines from the signatures of the commands: one that works for each, and bad texts for every option."""

from itertools import takewhile

from typer.main import get_command

from neurosim.cli.main import app

# Small arguments that work, by command. NET is a network file in the folder of the test.
GOOD = {
    "demo": [],
    "train": ["digits", "--hidden", "4", "--epochs", "1"],
    "recall": ["net.safetensors"],
    "capacity": ["--hidden", "2", "--networks", "2", "--threshold", "0.5"],
    "sweep": ["--hidden", "2", "--networks", "2", "--cues", "2", "--visible-per-hidden", "5", "--noise-std", "0,1"],
    "continuation": ["--hidden", "2", "--cues", "4", "--threshold", "0.4,0.5"],
    "spiking": ["--hidden", "2", "--networks", "2", "--cues", "2", "--no-sweeps"],
    "compare": ["hebb", "--sizes", "20", "--maximum", "5", "--networks", "2"],
    "classify": ["net.safetensors", "pictures"],
    "constrain": ["net.safetensors", "sparse:0.5"],
    "explore": ["net.safetensors"],
    "report": ["net.safetensors", "digits"],
}
# The work of commands that would take seconds; a line that comes here is taken.
WORK = {
    "demo": "neurosim.learning.train",
    "train": "neurosim.learning.train",
    "spiking": "neurosim.report.study.measure_steps",
    "compare": "neurosim.measure.comparison.compare.compare",
    "classify": "neurosim.measure.learned.classification.classify",
    "report": "neurosim.report.study.study",
}
TEXTS = ["", " ", "-1", "0", "1.5", "nan", "inf", "-inf", "1e400", "1e-320", "18446744073709551616", "²", "٣", "1_000"]
TEXTS += ["no such name", "no/such/file.nc", ".", "..", "/dev/null", "a=b", "a=", "=", ":", "a:b=c", "1,,2", ",", "1,2"]
TEXTS += [
    "[1]",
    "{}",
    "None",
    "True",
    "--",
    "-",
    "\n",
    "a\x00b",
    "\udcff",
    "x" * 300,
    "noise:std=-1",
    "sparse:2",
    "1:0:5",
]
# A huge number is right here, and takes for ever.
EFFORT = {
    "--networks",
    "--cues",
    "--epochs",
    "--images",
    "--maximum",
    "--workers",
    "--classifiers",
    "--hidden",
    "--sizes",
}
EFFORT |= {"--visible-per-hidden"}
HUGE = {"18446744073709551616", "1_000"}


def lines():
    """Yield the command and its arguments with one bad text."""
    for name, command in get_command(app).commands.items():  # pyright: ignore[reportAttributeAccessIssue]
        places, n_given = 0, len(list(takewhile(lambda text: not text.startswith("-"), GOOD[name])))
        for parameter in command.params:
            option = parameter.opts[0]
            if getattr(parameter, "is_flag", False):
                continue
            for text in TEXTS:
                if option in EFFORT and text in HUGE:
                    continue
                if option.startswith("-"):
                    yield name, [*_without(GOOD[name], option), option, text]
                elif places <= n_given:
                    yield name, [*GOOD[name][:places], text, *GOOD[name][places + (places < n_given) :]]
            places += not option.startswith("-")


def _without(arguments, option):
    """Return the arguments without an option and its value."""
    if option not in arguments:
        return arguments
    at = arguments.index(option)
    return [*arguments[:at], *arguments[at + 2 :]]
