"""Registry auditor: what every image of an organisation weighs, costs and shares."""
