# Two, as in jitsi_config/: the doorbell forgets nothing and refuses when it is full; the other may forget.

locals {
  kinds = {
    broker   = { policy = "noeviction", snapshots = 3 }
    channels = { policy = "volatile-lru", snapshots = 0 }
  }
}

resource "aws_elasticache_subnet_group" "this" {
  name        = var.cell.name
  description = "Private subnets of ${var.cell.name}"
  subnet_ids  = var.subnet_ids
}

resource "aws_security_group" "this" {
  name        = "${var.cell.name}-cache"
  description = "Redis"
  vpc_id      = var.vpc_id
  tags        = { Name = "${var.cell.name}-cache" }
}

resource "aws_vpc_security_group_ingress_rule" "clients" {
  for_each                     = var.client_security_group_ids
  security_group_id            = aws_security_group.this.id
  description                  = "Redis in TLS, from ${each.key}"
  referenced_security_group_id = each.value
  from_port                    = 6379
  to_port                      = 6379
  ip_protocol                  = "tcp"
}

resource "aws_elasticache_parameter_group" "this" {
  for_each    = local.kinds
  name        = "${var.cell.name}-${each.key}"
  family      = "redis7"
  description = each.key == "broker" ? "Rather an error than a forgotten task" : "Nothing that anybody would miss"

  parameter {
    name  = "maxmemory-policy"
    value = each.value.policy
  }
}

resource "aws_elasticache_replication_group" "this" {
  for_each                   = local.kinds
  replication_group_id       = "${var.cell.name}-${each.key}"
  description                = "${each.key} of ${var.cell.name}"
  engine                     = "redis"
  engine_version             = "7.1"
  node_type                  = var.node_type
  num_cache_clusters         = 1 + var.replicas
  automatic_failover_enabled = var.replicas > 0
  multi_az_enabled           = var.replicas > 0
  parameter_group_name       = aws_elasticache_parameter_group.this[each.key].name
  subnet_group_name          = aws_elasticache_subnet_group.this.name
  security_group_ids         = [aws_security_group.this.id]
  at_rest_encryption_enabled = true
  kms_key_id                 = var.kms_key_arn
  transit_encryption_enabled = true
  snapshot_retention_limit   = each.value.snapshots
  auto_minor_version_upgrade = true
  maintenance_window         = "sun:04:00-sun:05:00"

  # A password given here would stand in the state; who sets one afterwards is left alone.
  lifecycle {
    ignore_changes = [auth_token, auth_token_update_strategy]
  }
}
