"""A small service of pictures: what real ones import, and little else."""

import io
import os

import sqlalchemy
from flask import Flask, Response
from PIL import Image

app = Flask(__name__)
engine = sqlalchemy.create_engine(os.environ.get("DATABASE_URL", "sqlite://"))


@app.get("/healthy")
def healthy() -> str:
    """Whether the database answers."""
    with engine.connect() as connection:
        return str(connection.execute(sqlalchemy.text("select 1")).scalar())


@app.get("/square/<int:side>.png")
def square(side: int) -> Response:
    """A red square."""
    picture = io.BytesIO()
    Image.new("RGB", (min(side, 1000),) * 2, "red").save(picture, "PNG")
    return Response(picture.getvalue(), mimetype="image/png")
