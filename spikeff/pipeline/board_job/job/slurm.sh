#!/bin/sh
# Runs the job on a Loihi 2 board of this Slurm cluster; Lava itself asks Slurm for the board.
# PARTITION or BOARD choose one, LOIHI_GEN its chip, PYTHON the interpreter. See README.md.
set -eu
cd "$(dirname "$0")"
if ! command -v sinfo >/dev/null 2>&1; then
    echo "error: no Slurm here (sinfo not found); run this on a login node of the cluster" >&2
    exit 1
fi
export SLURM=1
export LOIHI_GEN="${LOIHI_GEN:-N3B3}"
unset NOSLURM 2>/dev/null || true
exec "${PYTHON:-python3}" run.py --target loihi2 "$@"
