"""Where tables live: one module per warehouse, all behind `base.Warehouse`."""
