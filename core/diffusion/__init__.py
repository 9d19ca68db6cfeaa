"""The diffusion model: network, condition, noise schedule and samplers; tensors only."""
