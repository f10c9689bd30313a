"""Reports: ageing, key figures, denials, waterfall, variance; each figure with its definition and source."""
