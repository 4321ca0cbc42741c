"""ProcessModels of Lava's `LearningSparse` that round each synapse by itself."""
