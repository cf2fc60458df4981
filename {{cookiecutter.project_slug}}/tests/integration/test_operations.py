"""The port for those who run the service."""

import socket
import time
from collections.abc import Callable, Iterator
from multiprocessing import active_children, get_context
from pathlib import Path
from urllib.request import urlopen
from uuid import uuid4

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.core.database import DatabaseSettings
from app.core.operations import CannotListen, open_operations
from app.core.settings import OpsSettings
