"""One file a technique. Every method takes a model, images (N, H, W, C) and what to explain."""
