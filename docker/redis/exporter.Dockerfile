# The Prometheus exporter of Redis, with the script that reads our password file: the exporter's own
# image has no shell, and the exporter reads passwords only from JSON.
FROM oliver006/redis_exporter:v1.69.0 AS exporter

FROM redis:8.0

LABEL org.opencontainers.image.title="tally-redis-exporter" \
      org.opencontainers.image.description="Prometheus exporter of Redis with Tally's configuration" \
      org.opencontainers.image.licenses="BSL-1.0"

COPY tally-redis /usr/local/bin/
COPY --from=exporter /redis_exporter /usr/local/bin/

USER 59000:59000
EXPOSE 9121

ENTRYPOINT ["tally-redis"]
CMD ["exporter"]
