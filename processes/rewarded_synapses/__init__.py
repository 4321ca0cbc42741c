"""All-to-all synapses that learn by rewarded STDP, with balancing inhibition."""
