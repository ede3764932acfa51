"""JVMs that serve one job after another, and the process that keeps them."""
