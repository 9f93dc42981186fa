"""Whether looks were needed: rules over the log, findings for the privacy officer, decoys, exports by two."""
