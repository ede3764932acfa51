"""How every table and extract is computed; shipped to the cluster as it is."""
