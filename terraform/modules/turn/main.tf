# For networks where only 443 is open. A relay is a hole into the network of whoever runs it: it leads to bridges only.

locals {
  indexes = { for index in range(var.servers) : tostring(index) => var.subnet_ids[index % length(var.subnet_ids)] }
}

module "host" {
  source        = "../host"
  cell          = var.cell
  role          = "turn"
  image_id      = var.image_id
  instance_type = var.instance_type
  vpc_id        = var.vpc_id
  kms_key_arn   = var.kms_key_arn
  secrets       = ["turn", "turn-certificate"]
  settings      = merge({ TURN_HOST = var.host, TURN_PEERS = var.cidr }, var.settings)

  ingress = {
    tls    = { description = "TURN in TLS", protocol = "tcp", from = 443, to = 443, cidr = "0.0.0.0/0" }
    plain  = { description = "TURN by TCP", protocol = "tcp", from = 3478, to = 3478, cidr = "0.0.0.0/0" }
    stun   = { description = "STUN and TURN by UDP", protocol = "udp", from = 3478, to = 3478, cidr = "0.0.0.0/0" }
    relays = { description = "What bridges send to relays", protocol = "udp", from = 49160, to = 51159, cidr = "0.0.0.0/0" }
  }

  egress = {
    bridges = { description = "To bridges", protocol = "udp", from = 10000, to = 10000, cidr = "0.0.0.0/0" }
    https   = { description = "AWS's interfaces", protocol = "tcp", from = 443, to = 443, cidr = "0.0.0.0/0" }
  }
}

resource "aws_instance" "this" {
  for_each  = local.indexes
  subnet_id = each.value

  launch_template {
    id      = module.host.launch_template_id
    version = module.host.launch_template_version
  }

  tags = { Name = "${module.host.name}-${each.key}", "darasa:cell" = var.cell.name, "darasa:role" = "turn" }
}

# Addresses that stay: schools write them into their firewalls.
resource "aws_eip" "this" {
  for_each = local.indexes
  domain   = "vpc"
  tags     = { Name = "${module.host.name}-${each.key}" }
}

resource "aws_eip_association" "this" {
  for_each      = local.indexes
  instance_id   = aws_instance.this[each.key].id
  allocation_id = aws_eip.this[each.key].id
}

resource "aws_route53_record" "this" {
  zone_id = var.zone_id
  name    = var.host
  type    = "A"
  ttl     = 60
  records = [for address in aws_eip.this : address.public_ip]
}
