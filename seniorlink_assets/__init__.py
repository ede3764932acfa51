"""What exists, and when it is brought up to date."""

import warnings

import dagster

# Column schemas, code references and Pipes are what the platform is made of; that Dagster may still
# change them is settled by the pinned version, not by a notice at every start.
warnings.filterwarnings("ignore", category=dagster.BetaWarning)
warnings.filterwarnings("ignore", category=dagster.PreviewWarning)
