#!/bin/bash
# A run in shards as an array of jobs under Sun or Univa Grid Engine, and what puts them together once all are done.
#
#   qsub -t 1-16 -pe smp 4 scripts/cluster/sge.sh RUNS joint_crisis_plan --draws 16384
#   recovery-cea merge RUNS/shard-* --out runs/joint_crisis_plan
#
# RUNS is a folder that all machines see. A shard that was killed goes on where it was when it is submitted again:
# qsub -v SHARDS=16 -t 7 ... A few hundred fat shards at most. A batch, whole analyses to each job:
# qsub -v COMMAND=batch -t 1-16 scripts/cluster/sge.sh RUNS analyses.toml
#$ -cwd
#$ -S /bin/bash
#$ -l h_rt=04:00:00
set -euo pipefail
runs=$1; shift
of=${SHARDS:-${SGE_TASK_LAST:?submit it as an array, with -t 1-N}}
mine=${SGE_TASK_ID:?submit it as an array, with -t 1-N}
exec recovery-cea "${COMMAND:-run}" "$@" --shard "$mine/$of" --threads "${NSLOTS:-1}" \
    --store "$runs/store" --out "$runs/shard-$mine"
