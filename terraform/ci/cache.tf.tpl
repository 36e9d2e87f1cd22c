# Of the tests: the stand-in knows no CreateCacheParameterGroup, and makes replication groups without members.
resource "aws_elasticache_parameter_group" "this" {
  for_each = {}
}

resource "aws_elasticache_replication_group" "this" {
  for_each = {}
}

output "addresses" {
  value = { for kind in keys(local.kinds) : kind => "${kind}.stand-in" }
}

output "names" {
  value = { for kind in keys(local.kinds) : kind => "${var.cell.name}-${kind}" }
}
