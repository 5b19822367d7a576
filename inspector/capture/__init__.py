"""What of the records that are read is stored: levels by channel, whole flows, masks."""
