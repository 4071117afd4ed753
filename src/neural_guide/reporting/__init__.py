"""Reports: figures, tables and pages of measurements that other folders computed."""
