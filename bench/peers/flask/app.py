"""The original counter: Flask and redis-py."""

import os

from flask import Flask
from redis import Redis

app = Flask(__name__)
redis = Redis(port=int(os.environ["REDIS_PORT"]))


@app.route("/count")
def count():
    return f"{redis.incr('visits')}\n", {"Content-Type": "text/plain"}
