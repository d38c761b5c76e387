"""Slurm's commands as a single machine would have them: what is submitted is run at once."""

from pathlib import Path

# Each job of the array in a process of its own, with the variables that Slurm sets.
_SBATCH = """#!/bin/bash
cp "$1" "$(dirname "$0")/submitted.sh"
last=$(sed -n 's/^#SBATCH --array=0-\\([0-9]*\\).*/\\1/p' "$1")
export SLURM_ARRAY_JOB_ID=77 SLURM_JOB_NODELIST=localhost SLURM_JOB_NUM_NODES=1
export SLURM_NTASKS=1 SLURM_PROCID=0 SLURM_LOCALID=0 SLURM_NODEID=0 SLURM_JOB_NAME=train
for job in $(seq 0 "$last"); do
  (
    SLURM_JOB_ID=$((77 + job)) SLURM_ARRAY_TASK_ID=$job bash "$1"
    touch "$(dirname "$0")/77_$job.ended"
  ) >/dev/null 2>&1 &
done
echo "Submitted batch job 77"
"""
_SRUN = """#!/bin/bash
while [[ $1 == -* ]]; do
  case $1 in
    --output) out=${2//%A_%a/77_$SLURM_ARRAY_TASK_ID}; shift 2;;
    --error) shift 2;;
    *) shift;;
  esac
done
# The job may begin before submitit has made its folder.
mkdir -p "$(dirname "$out")"
exec "$@" >"${out//%t/0}" 2>&1
"""
# The nodes of a job, which submitit asks for.
_SCONTROL = """#!/bin/bash
echo localhost
"""
# Which jobs have ended, however.
_SACCT = """#!/bin/bash
echo "JobID|State|NodeList"
for job in "$(dirname "$0")"/77_*.ended; do
  test -e "$job" && echo "$(basename "$job" .ended)|COMPLETED|localhost"
done
true
"""


def pretend_slurm(folder: Path) -> Path:
    """Write the commands.

    Args:
        folder: to be put at the beginning of PATH.

    Returns:
        Where `sbatch` leaves a copy of what was submitted.
    """
    folder.mkdir()
    for name, script in (
        ("sbatch", _SBATCH), ("srun", _SRUN), ("scontrol", _SCONTROL), ("sacct", _SACCT),
    ):  # fmt: skip
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)
    return folder / "submitted.sh"
