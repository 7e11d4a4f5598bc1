# spikeff with every simulator that runs on a CPU, in the versions that the tests use:
#     docker build -t spikeff .
#     docker run --rm spikeff run zoo:digits
FROM python:3.11-slim
# Wheels of torch without CUDA; empty takes those of PyPI.
ARG PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu
RUN apt-get update && apt-get install -y --no-install-recommends git make \
    && rm -rf /var/lib/apt/lists/*
COPY . /spikeff
WORKDIR /spikeff
RUN make venv PYTHON=python3
ENV PATH=/spikeff/.venv/bin:$PATH
WORKDIR /work
ENTRYPOINT ["spikeff"]
