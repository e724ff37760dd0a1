# userops as a command, run by a user who isn't root:
#
#     docker build -t userops .
#     docker run --rm --network none --user "$(id -u):$(id -g)" -v "$PWD:/data" userops segment orders.csv -o tiers.xlsx
#
# Files are read from and written to /data. It needs no network once it's built.
FROM python:3.13-slim AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY reports reports
COPY man man
RUN python -m venv /opt/userops && /opt/userops/bin/pip install --no-cache-dir .

FROM python:3.13-slim
COPY --from=build /opt/userops /opt/userops
RUN useradd --create-home --uid 10001 userops && mkdir /data && chown userops /data
USER userops
# Whoever --user names may have no home of their own.
ENV HOME=/tmp PATH="/opt/userops/bin:$PATH" PYTHONDONTWRITEBYTECODE=1 LANG=C.UTF-8
WORKDIR /data
ENTRYPOINT ["userops"]
CMD ["--help"]
