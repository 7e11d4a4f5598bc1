"""Lava processes that write what neurons do to files.

A package of their own: Lava's compiler executes every module in the directory of a process
(``lava/magma/compiler/compiler_graphs.py``). ``Var.get`` and Lava's ``Monitor`` send one element
per message; a file takes the whole record at once.
"""
