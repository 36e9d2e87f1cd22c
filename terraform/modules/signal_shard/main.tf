# Prosody, Jicofo and Jitsi's pages. A shard that fails is restarted by AWS on other hardware, with its address.

locals {
  names = sort(tolist(var.shards))
}

module "host" {
  source        = "../host"
  cell          = var.cell
  role          = "shard"
  image_id      = var.image_id
  instance_type = var.instance_type
  vpc_id        = var.vpc_id
  kms_key_arn   = var.kms_key_arn
  secrets       = ["jitsi", "jitsi-hooks", "jibri-hooks", "xmpp", "turn"]
  settings      = merge({ DARASA_CIDR = var.cidr }, var.settings)

  ingress = {
    pages = {
      description       = "Jitsi's pages and its XMPP sockets", protocol = "tcp", from = 8000, to = 8000
      security_group_id = var.load_balancer_security_group_id
    }
    xmpp   = { description = "Bridges and recorders", protocol = "tcp", from = 5222, to = 5222, cidr = var.cidr }
    hooks  = { description = "Orders from Darasa to Prosody", protocol = "tcp", from = 5280, to = 5280, cidr = var.cidr }
    jicofo = { description = "Questions from Darasa to Jicofo", protocol = "tcp", from = 8888, to = 8888, cidr = var.cidr }
  }

  egress = {
    inside = { description = "Darasa", protocol = "tcp", from = 8000, to = 8000, cidr = var.cidr }
    https  = { description = "AWS's interfaces", protocol = "tcp", from = 443, to = 443, cidr = "0.0.0.0/0" }
  }
}

resource "aws_instance" "this" {
  for_each                = var.shards
  subnet_id               = var.subnet_ids[index(local.names, each.key) % length(var.subnet_ids)]
  disable_api_termination = true

  launch_template {
    id      = module.host.launch_template_id
    version = module.host.launch_template_version
  }

  tags = { Name = "${module.host.name}-${each.key}", "darasa:cell" = var.cell.name, "darasa:role" = "shard" }

  # A new image replaces a shard by a change of its own name (blue, green), never under a running lesson.
  lifecycle {
    ignore_changes = [launch_template]
  }
}

resource "aws_route53_record" "this" {
  for_each = var.shards
  zone_id  = var.inner_zone_id
  name     = "${each.key}.${var.domain}"
  type     = "A"
  ttl      = 30
  records  = [aws_instance.this[each.key].private_ip]
}

# A balancer knows nothing of rooms: with two shards behind it, it would send one class to both.
resource "aws_lb_target_group_attachment" "this" {
  target_group_arn = var.target_group_arn
  target_id        = aws_instance.this[var.shard].id
  port             = 8000
}
