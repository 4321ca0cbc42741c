"""How numba compiles the code of rules: without what that code never needs.

Generated code has no closure, no comprehension, no `with`, no expression of arrays and no loop over
a tuple. numba's passes for those look through all of it all the same, and take a seventh of the
time.
"""

from __future__ import annotations

from typing import Any

from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import PassManager
from numba.core.typed_passes import InlineOverloads, IRLegalization, NopythonRewrites
from numba.core.untyped_passes import (
    DeadBranchPrune,
    FindLiterallyCalls,
    InlineClosureLikes,
    InlineInlinables,
    LiteralPropagationSubPipelinePass,
    LiteralUnroll,
    MakeFunctionToJitFunction,
    RewriteDynamicRaises,
    WithLifting,
)

_NOT_NEEDED = (
    DeadBranchPrune,
    FindLiterallyCalls,
    InlineClosureLikes,
    InlineInlinables,
    InlineOverloads,
    IRLegalization,
    LiteralPropagationSubPipelinePass,
    LiteralUnroll,
    MakeFunctionToJitFunction,
    NopythonRewrites,
    RewriteDynamicRaises,
    WithLifting,
)


class RuleCompiler(CompilerBase):
    """numba's compiler with fewer passes; see "Customizing the compiler" in its documentation."""

    def define_pipelines(self) -> list[Any]:
        """Return the only pipeline: code that needs Python's objects is an error."""
        usual = DefaultPassBuilder.define_nopython_pipeline(self.state)
        fewer = PassManager("learning rule")
        for made, description in usual.passes:
            if made not in _NOT_NEEDED:
                fewer.add_pass(made, description)
        fewer.finalize()
        return [fewer]
