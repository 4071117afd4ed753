"""Reports: figures, tables and pages of measurements that other folders computed."""

from neural_guide.runtime.cache_folders import prepare_cache_folders

prepare_cache_folders()  # matplotlib reads its folder when it is imported
