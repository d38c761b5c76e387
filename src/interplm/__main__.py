"""`interplm <job> …`, the same as `python -m interplm.<job> …`."""

import runpy
import sys

from interplm import __version__

JOBS = {
    "download": "proteins, annotations and weights from their public addresses",
    "embed": "proteins to PLM activations",
    "import_activations": "activations of your own into the store",
    "train": "activations to a sparse autoencoder",
    "score": "features against annotated concepts, as a report and a database",
    "evaluate": "every figure of a finished run in one table",
    "compare": "finished runs in one table with Pareto plots",
    "dashboard": "finished runs as a Weights & Biases dashboard, built offline",
    "annotate": "named features in any proteins",
    "explore": "a run's features in the browser",
    "info": "what an SAE, run, pack or store is, and how it is to be fed",
    "convert": "SAEs from and to other toolkits, and to the Hugging Face hub",
    "pipeline": "all of it, redoing only what changed",
}


def main() -> None:
    """Run the job that the first argument names."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ("-h", "--help"):
        sys.stdout.write(_usage())
        return
    if arguments[0] == "--version":
        sys.stdout.write(f"interplm {__version__}\n")
        return
    name = arguments[0]
    if name not in JOBS:
        sys.exit(f"error: {name} is not a job.\n{_usage()}")
    sys.argv = [f"interplm.{name}", *arguments[1:]]
    # As `python -m` does, so that processes which a job starts can repeat its command.
    runpy.run_module(f"interplm.{name}", run_name="__main__", alter_sys=True)


def _usage() -> str:
    jobs = "\n".join(f"  {name:<18} {what}" for name, what in JOBS.items())
    return (
        f"usage: interplm <job> [key=value ...]\n\n{jobs}\n\n"
        "`interplm <job> --help` lists the settings of a job.\n"
    )


if __name__ == "__main__":
    main()
