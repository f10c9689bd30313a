"""`python -m deployments.bench.x12_memory SIDE FILE`: peak megabytes of reading it, above the imports."""

import resource
import sys
from pathlib import Path

from deployments.bench.x12_sides import OURS, SIDES

_STATUS = Path("/proc/self/status")


def main(side: str, path: str) -> None:
    """Prints the megabytes. Our readers take the open file, the others its bytes, as they are made to."""
    reader = SIDES[int(side)]
    if reader.needs:
        __import__(reader.needs)
    before = peak_megabytes()
    with Path(path).open("rb") as file:
        reader.run(file if reader.name == OURS else file.read())
    sys.stdout.write(f"{peak_megabytes() - before:.3f}\n")


def peak_megabytes() -> float:
    """Of this process alone: ``ru_maxrss`` begins with what the parent had where /proc is missing."""
    if _STATUS.exists():
        line = next(each for each in _STATUS.read_text().splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
