"""The commands of `seniorlink`: each a module with one `command`."""
