# Two stages: build on Debian 12, run on its slim image as a user of its own.
#   docker build -t dray . && docker run -p 127.0.0.1:8000:8000 -v dray-data:/data dray
FROM debian:12 AS build
COPY . /src
WORKDIR /src
RUN apt-get update -q && apt-get install -qy --no-install-recommends make && tools/setup.sh base && \
    cmake --preset release -DDRAY_TESTS=OFF && ninja -C build/release dray && strip build/release/dray

FROM debian:12-slim
RUN apt-get update -q && apt-get install -qy --no-install-recommends \
      librocksdb7.8 libssl3 libcurl4 libsimdjson14 libpugixml1v5 libisal2 libzstd1 libfmt9 libspdlog1.10 libprometheus-cpp-core1.0 ca-certificates && \
    rm -rf /var/lib/apt/lists/* && useradd --system --uid 10001 --home-dir /data dray && mkdir /data && chown dray /data
COPY --from=build /src/build/release/dray /usr/local/bin/dray
COPY LICENSE NOTICE /usr/share/doc/dray/
USER dray
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s CMD ["dray", "wait", "--data", "/data", "--timeout", "4"]
# Inside a container only the published port is reachable; publish it on loopback or put TLS in front.
CMD ["dray", "serve", "--data", "/data", "--listen", "0.0.0.0:8000", "--insecure-http"]
