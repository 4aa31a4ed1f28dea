"""What the fork server loads before it forks. Importing this module warms the process that does it, and nothing else.

No pandas: it would start threads, and a process is forked safely only while it has one.
"""

import gc

from exkit.batch import client, engine  # noqa: F401

client.kernel_here()

gc.collect()
gc.freeze()  # else each child would copy pages only to count references
