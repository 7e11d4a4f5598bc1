"""Spike streams as Lava processes: bits that their own process holds and unpacks step by step.

A package of their own: Lava's compiler executes every module in the directory of a process
(``lava/magma/compiler/compiler_graphs.py``). Lava's ``RingBuffer`` holds 32 bits per channel and
step, and a whole-run buffer that is read back goes over the wire one element per message.
"""
