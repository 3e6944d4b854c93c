#!/bin/bash
# A run in shards as an array of jobs under Slurm, and what puts them together once all are done.
#
#   sbatch --array=1-16 --cpus-per-task=4 scripts/cluster/slurm.sh RUNS joint_crisis_plan --draws 16384
#   recovery-cea merge RUNS/shard-* --out runs/joint_crisis_plan
#
# RUNS is a folder that all machines see. A shard that was killed goes on where it was when it is submitted again:
# SHARDS=16 sbatch --array=7 ... A few hundred fat shards at most. A batch, whole analyses to each job:
# COMMAND=batch sbatch --array=1-16 scripts/cluster/slurm.sh RUNS analyses.toml
#SBATCH --time=04:00:00
#SBATCH --mem=4G
set -euo pipefail
runs=$1; shift
mine=${SLURM_ARRAY_TASK_ID:?submit it as an array, with --array=1-N}
of=${SHARDS:-${SLURM_ARRAY_TASK_MAX:?submit it as an array, with --array=1-N}}
exec recovery-cea "${COMMAND:-run}" "$@" --shard "$mine/$of" --threads "${SLURM_CPUS_PER_TASK:-1}" \
    --store "$runs/store" --out "$runs/shard-$mine"
