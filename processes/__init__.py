"""Lava Processes for networks that sleep.

One folder a Process: ``process.py`` states what it computes (ports, Vars, equations), ``models.py``
how (``floating_pt`` and ``fixed_pt`` ProcessModels). The arithmetic is in
:mod:`loihi_sleep.processes.kernels`.
"""
