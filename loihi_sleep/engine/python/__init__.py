"""ProcessModels in Python, run in this process: for every Process that has no compiled node.

Lava runs each ProcessModel in an operating-system process of its own. Here each is a coroutine: one
after the other does its part of a time step, and who waits for a message gives way to whoever can
go on. What they compute is Lava's, bit for bit: models, ports and the choice between them are its
own classes, and only the channels and what calls the models are ours.

===================== ===========================================================================
``coroutines``        who runs, who waits for whom, deadlocks
``channels``          messages between models, and between models and the user's own threads
``construction``      models, ports and channels, made by Lava's own compiler
``isolation``         what a model of Lava's has for itself: random numbers, parameters
``models``            one running model: its phases, as Lava's runtime service calls them
``asynchronous``      models that follow no time steps
``variables``         Vars of models, read and set between runs
``states``            what models hold between two steps, to be kept and put back
``references``        Vars that other Processes read and write through RefPorts
``block``             the compiled part of a network, which is one more model among the others
``network``           all of them, step by step
===================== ===========================================================================
"""
