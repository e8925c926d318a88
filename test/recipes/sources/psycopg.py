import psycopg2
from psycopg2 import extensions

print(psycopg2.__version__)
print("libpq", extensions.libpq_version())
