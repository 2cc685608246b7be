"""Every table, one class each. Only this room sees them.

Facts by digest (media_type, blob, size_claim, manifest, manifest_blob, manifest_child,
image_config, image) never change once written, except that a blob's size may become
known better. Places with intervals (repository, tag, presence) say what was where, from
when to when. Totals (repository_blob, scope_blob, repository_total, scope_total,
registry_total, their histories) are derived and can be rebuilt from the rest.
"""
