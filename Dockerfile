# How is the image made? Installed in one stage, copied into another that holds nothing else.
#
#     docker build -t data-librarian .
#     docker run --read-only --tmpfs /tmp -v contributions:/data -p 127.0.0.1:8000:8000 data-librarian

FROM python:3.13-slim AS installed
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/librarian
ENV PATH=/opt/librarian/bin:$PATH
WORKDIR /src
COPY requirements.txt ./
RUN pip install --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE Procfile compose.yaml ./
COPY deploy ./deploy
COPY librarian ./librarian
RUN pip install --no-deps .

FROM python:3.13-slim
RUN useradd --uid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin librarian \
    && install -d -o librarian -g librarian /data
COPY --from=installed /opt/librarian /opt/librarian
ENV PATH=/opt/librarian/bin:$PATH PYTHONUNBUFFERED=1 PORT=8000 LIBRARIAN_DATA_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/livez', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["librarian"]
CMD ["serve"]
